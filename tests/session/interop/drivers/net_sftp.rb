#!/usr/bin/ruby
# One copy with Ruby's net-sftp:
# PORT USER KEY put|get|rename|remove|put-tree|get-tree FROM [TO]
require "net/sftp"

port, user, key, action, from, to = ARGV
Net::SFTP.start("127.0.0.1", user, port: port.to_i, keys: [key],
                keys_only: true, auth_methods: ["publickey"], config: false,
                non_interactive: true, verify_host_key: :never) do |sftp|
  case action
  when "put", "put-tree" then sftp.upload!(from, to)
  when "get" then sftp.download!(from, to)
  when "get-tree" then sftp.download!(from, to, recursive: true)
  when "rename" then sftp.rename!(from, to)
  when "remove" then sftp.remove!(from)
  else abort "what is #{action}?"
  end
end
