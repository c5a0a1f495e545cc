/**
 * The queue that a key of `rmqMessagesByQueue` names, in an event of Lambda from Amazon MQ: `orders` for
 * `orders::/`. Its virtual host is behind the colons.
 */
export function mappedQueue(key: string): string {
  const end = key.lastIndexOf('::')
  return end < 0 ? key : key.slice(0, end)
}
