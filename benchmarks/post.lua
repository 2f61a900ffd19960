-- What wrk sends: one POST with the bytes of a file, again and again. Arguments: the file, its media type, and then
-- names and values of more headers.
function init(args)
  local file = assert(io.open(args[1], "rb"))
  wrk.method = "POST"
  wrk.body = file:read("*a")
  wrk.headers["Content-Type"] = args[2]
  wrk.headers["Accept"] = args[2]
  for index = 3, #args, 2 do
    wrk.headers[args[index]] = args[index + 1]
  end
  file:close()
end
