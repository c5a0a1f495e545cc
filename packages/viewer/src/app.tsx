import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import type { ReactElement } from 'react'
import { Link, Route, Router, Switch, useLocation } from 'wouter'
import { ApiError } from './api/client.ts'
import { DestinationsPage } from './destinations/destinations-page.tsx'
import { FlowPage } from './flow/flow-page.tsx'
import { FlowsPage } from './flows/flows-page.tsx'
import { ShapesPage } from './shapes/shapes-page.tsx'
import { TopologyPage } from './topology/topology-page.tsx'
import { ErrorBoundary } from './ui/error-boundary.tsx'
import { useHashLocation, useHashSearch } from './ui/hash-location.ts'
import { Notice } from './ui/notice.tsx'
import { ShortcutsDialog } from './ui/shortcuts-dialog.tsx'
import { TokenPrompt } from './ui/token-prompt.tsx'
import { TopBar } from './ui/top-bar.tsx'

const queries = new QueryClient({
  defaultOptions: {
    queries: {
      refetchOnWindowFocus: false,
      // An answer of the server stays the same when asked again; only silence may pass.
      retry: (failures, error) => failures < 2 && error instanceof ApiError && error.status === 0,
    },
  },
})

export function App(): ReactElement {
  return (
    <QueryClientProvider client={queries}>
      <Router hook={useHashLocation} searchHook={useHashSearch}>
        <TopBar />
        <main>
          <Pages />
        </main>
        <ShortcutsDialog />
        <TokenPrompt />
      </Router>
    </QueryClientProvider>
  )
}

function Pages(): ReactElement {
  const [location] = useLocation()
  return (
    <ErrorBoundary key={location}>
      <Switch>
        <Route path="/" component={FlowsPage} />
        <Route path="/flows/:id">{({ id }) => <FlowPage key={id} id={id} />}</Route>
        <Route path="/topology" component={TopologyPage} />
        <Route path="/destinations" component={DestinationsPage} />
        <Route path="/shapes" component={ShapesPage} />
        <Route>
          <Notice title="There is no such page">
            <Link href="/" className="link">
              All flows
            </Link>
          </Notice>
        </Route>
      </Switch>
    </ErrorBoundary>
  )
}
