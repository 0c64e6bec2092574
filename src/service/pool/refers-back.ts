const lastResult = /\b(?:last_insert_id|row_count|found_rows)\s*\(|^\s*show\b[^;]*\b(?:warnings|errors)\b/i

/** True: the statement asks for what the one before it has left in the session, which another session does not know. */
export function refersBack(sql = ''): boolean {
  return lastResult.test(sql)
}
