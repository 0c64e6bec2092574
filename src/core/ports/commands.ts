export interface CommandResult {
  readonly exitCode: number
  /** The last lines of both streams together, at most 4 KiB, redacted. */
  readonly outputTail: string
}

/** Runs programs: no shell, own process group, so that Ctrl-C in the terminal does not reach them. */
export interface Commands {
  /**
   * @param argv program and arguments; must not hold a secret, they show in `ps`.
   * @param env added to the environment; this is where secrets go.
   * @throws CutoverError `command.failed` when the program cannot be started or the signal fires (the group is ended:
   *   SIGTERM, then SIGKILL after 5 s). A non-zero exit is a value.
   */
  run(
    argv: readonly string[],
    env: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ): Promise<CommandResult>
  /**
   * Runs a program for what it prints.
   * @returns its whole standard output as UTF-8, not redacted, at most 1 MiB.
   * @throws as `run`, and CutoverError `command.failed` when it ends with another status than 0 or prints more.
   */
  output(argv: readonly string[], signal: AbortSignal): Promise<string>
}
