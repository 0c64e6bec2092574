const anywhere = /passw|passphrase|secret|token|credential|signature/
const atTheEnd = /(pass|pwd|psw|keys?|auth|authorization|salt|cookie|jwt)$/

/** Whether a path such as `spring.datasource.password` names something nobody is to see. Rather too often than not. */
export function isSecretKey(path: string): boolean {
  return path
    .replace(/([a-z0-9])([A-Z])/g, '$1-$2')
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .some((word) => anywhere.test(word) || atTheEnd.test(word))
}
