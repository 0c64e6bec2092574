/** The parts of Express 4 and 5 that the middleware uses, so that neither its types nor Express itself are needed. */
export interface FrameworkRequest {
  readonly method: string
  accepts(types: string[]): string | false
  acceptsLanguages(languages: string[]): string | false
}

export interface FrameworkResponse {
  readonly headersSent: boolean
  statusCode: number
  getHeader(name: string): number | string | string[] | undefined
  setHeader(name: string, value: string): unknown
  removeHeader(name: string): void
  end(body: string): unknown
}

export type ErrorMiddleware = (
  error: unknown,
  request: FrameworkRequest,
  response: FrameworkResponse,
  next: (error?: unknown) => void,
) => void
