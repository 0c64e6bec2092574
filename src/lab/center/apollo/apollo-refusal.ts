/** An answer other than 200, with Apollo's JSON of errors as its body. */
export class ApolloRefusal extends Error {
  readonly status: number

  constructor(status: number, message: string) {
    super(message)
    this.status = status
  }
}
