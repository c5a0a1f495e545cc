/** A listener that could not start: the flag that would change its address, and why. */
export class ListenError extends Error {
  override readonly name = 'ListenError'
}

/** Says in the words of the command line why a listener could not start. */
export function listenError(cause: unknown, host: string, port: number, flag: string): ListenError {
  const reason = String(cause)
  if (reason.includes('EADDRINUSE')) {
    return new ListenError(
      `${flag}: port ${port} on ${host} is in use; give another, or 0 for any free one`,
      { cause },
    )
  }
  if (reason.includes('EACCES'))
    return new ListenError(`${flag}: this user may not listen on port ${port}`, { cause })
  if (/EADDRNOTAVAIL|ENOTFOUND|EAI_/.test(reason)) {
    return new ListenError(`--host: ${host} is no address of this machine`, { cause })
  }
  return new ListenError(`${flag}: cannot listen on ${host} port ${port}: ${reason}`, { cause })
}
