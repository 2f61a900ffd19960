-- What wrk sends: one POST with the bytes of a file, again and again. Arguments: the file, its media type.
function init(args)
  local file = assert(io.open(args[1], "rb"))
  wrk.method = "POST"
  wrk.body = file:read("*a")
  wrk.headers["Content-Type"] = args[2]
  wrk.headers["Accept"] = args[2]
  file:close()
end
