export async function find() {}
