/** What is known of one invocation of a function by the platform that runs it. */
export interface InvocationFacts {
  /** The function's name. */
  readonly name: string
  /** What caused it, in the words of `faas.trigger`. */
  readonly trigger: 'pubsub' | 'datasource' | 'other'
  readonly id?: string
  /** The platform's own name of the function's version: an ARN without alias. */
  readonly resourceId?: string
  /** The ARN as it was invoked, which may have an alias. */
  readonly invokedArn?: string
  readonly accountId?: string
  readonly coldStart?: boolean
}
