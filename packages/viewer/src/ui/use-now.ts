import { useEffect, useState } from 'react'

/** The time in milliseconds, read again every `everyMs`, for texts like "12 s ago". */
export function useNow(everyMs = 5000): number {
  const [now, setNow] = useState(Date.now)
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), everyMs)
    return () => clearInterval(timer)
  }, [everyMs])
  return now
}
