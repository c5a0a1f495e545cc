/** Long chains break into lines like text, so that they fit a frame of this width to height. */
export function wrapping(aspectRatio: number | undefined): Record<string, string> {
  if (aspectRatio === undefined) return {}
  return {
    'elk.aspectRatio': String(aspectRatio),
    'elk.layered.wrapping.strategy': 'MULTI_EDGE',
    'elk.layered.wrapping.additionalEdgeSpacing': '28',
  }
}
