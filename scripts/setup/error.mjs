/** Set-up that cannot go on; the message says what failed and what to do. */
export class SetupError extends Error {}
