module.exports = async (job) => {
  if (job.attemptsStarted === 1) throw new Error('once')
  return job.opts.telemetry.metadata
}
