-- What is written so that replicas confirm it, and with it all before it. KEYS: confirmed.
redis.register_function{
  function_name = '@LIBRARY@_confirm',
  callback = function(keys) redis.call('SET', keys[1], '') end,
  flags = { 'allow-oom' },
}
