// Preloaded into every process that the demo starts: whatever happens to the demo, they do not outlive it.
process.on('disconnect', () => process.exit())
process.channel?.unref()
