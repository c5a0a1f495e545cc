import type { ReactElement, ReactNode } from 'react'

function Icon({ children }: { children: ReactNode }): ReactElement {
  return (
    <svg className="icon" viewBox="0 0 16 16" aria-hidden="true">
      {children}
    </svg>
  )
}

export function Logo(): ReactElement {
  return (
    <svg className="logo" viewBox="0 0 24 24" aria-hidden="true">
      <path d="M2.5 17c5.5 0 4-10 9.5-10s4 10 9.5 10" strokeDasharray="4.4 3.6" />
    </svg>
  )
}

export const SystemIcon = (): ReactElement => (
  <Icon>
    <circle cx="8" cy="8" r="5.5" />
    <path d="M8 2.5a5.5 5.5 0 0 1 0 11z" fill="currentColor" stroke="none" />
  </Icon>
)

export const SunIcon = (): ReactElement => (
  <Icon>
    <circle cx="8" cy="8" r="2.8" />
    <path d="M8 1.5v1.6M8 12.9v1.6M1.5 8h1.6M12.9 8h1.6M3.4 3.4l1.1 1.1M11.5 11.5l1.1 1.1M12.6 3.4l-1.1 1.1M4.5 11.5l-1.1 1.1" />
  </Icon>
)

export const MoonIcon = (): ReactElement => (
  <Icon>
    <path d="M13.2 9.6A5.6 5.6 0 0 1 6.4 2.8a5.6 5.6 0 1 0 6.8 6.8z" />
  </Icon>
)

export const CopyIcon = (): ReactElement => (
  <Icon>
    <rect x="5.5" y="5.5" width="8" height="8" rx="1.5" />
    <path d="M10.5 3.5v-.2A.8.8 0 0 0 9.7 2.5H3.3a.8.8 0 0 0-.8.8v6.4a.8.8 0 0 0 .8.8h.2" />
  </Icon>
)

export const CheckIcon = (): ReactElement => (
  <Icon>
    <path d="M3 8.5l3.2 3.2L13 4.8" />
  </Icon>
)

export const CloseIcon = (): ReactElement => (
  <Icon>
    <path d="M4 4l8 8M12 4l-8 8" />
  </Icon>
)

export const BackIcon = (): ReactElement => (
  <Icon>
    <path d="M9.5 3.5L5 8l4.5 4.5" />
  </Icon>
)

export const SearchIcon = (): ReactElement => (
  <Icon>
    <circle cx="7" cy="7" r="4.2" />
    <path d="M10.2 10.2L13.5 13.5" />
  </Icon>
)

export const ChevronIcon = (): ReactElement => (
  <Icon>
    <path d="M6 4l4 4-4 4" />
  </Icon>
)

export const FitIcon = (): ReactElement => (
  <Icon>
    <path d="M2.5 6V2.5H6M10 2.5h3.5V6M13.5 10v3.5H10M6 13.5H2.5V10" />
  </Icon>
)
