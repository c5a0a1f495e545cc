export default async function startBrokersForTests(): Promise<void> {}
