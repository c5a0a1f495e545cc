// Preloaded into what run.mjs starts: ends it as Ctrl-C would when run.mjs was killed, by force if it hangs.
const grace = 20_000

process.on('disconnect', () => {
  process.kill(process.pid, 'SIGTERM')
  setTimeout(() => process.kill(process.pid, 'SIGKILL'), grace).unref()
})
process.channel?.unref()
