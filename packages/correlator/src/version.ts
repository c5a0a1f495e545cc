/** Of this package. What is kept of one version's rules is of no use to another's. */
export const VERSION = '0.1.0'
