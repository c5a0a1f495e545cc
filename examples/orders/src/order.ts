export interface Order {
  readonly number: number
  readonly item: string
  readonly amount: number
}

export function parseOrder(text: Uint8Array | string): Order {
  return JSON.parse(text.toString()) as Order
}
