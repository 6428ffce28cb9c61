#!/usr/bin/node
// One thing with node's ssh2:
// PORT USER KEY put|get|reput|reget|rename|remove|link FROM [TO]
"use strict";

const fs = require("fs");
const { pipeline } = require("stream");
const { Client } = require("ssh2");

const [port, username, key, action, from, to] = process.argv.slice(2);
const connection = new Client();
let done = false;

// The end of the connection may come before the answers: that is no success.
function end(error) {
	if (done)
		return;
	done = true;
	if (error)
		console.error(error.message || String(error));
	process.exitCode = error ? 1 : 0;
	connection.end();
}

const actions = {
	put: sftp => sftp.fastPut(from, to, end),
	get: sftp => sftp.fastGet(from, to, end),
	reput: sftp => sftp.stat(to, (error, attributes) => error ? end(error) :
	    pipeline(fs.createReadStream(from, { start: attributes.size }),
		sftp.createWriteStream(to, { flags: "a" }), end)),
	reget: sftp => pipeline(
	    sftp.createReadStream(from, { start: fs.statSync(to).size }),
	    fs.createWriteStream(to, { flags: "a" }), end),
	rename: sftp => sftp.rename(from, to, end),
	remove: sftp => sftp.unlink(from, end),
	link: sftp => sftp.symlink(from, to, end),
};

connection.on("ready", () => connection.sftp((error, sftp) =>
    error ? end(error) : actions[action](sftp)));
connection.on("error", end);
connection.on("close", () => end(new Error("the connection has ended")));
connection.connect({ host: "127.0.0.1", port: Number(port), username,
	privateKey: fs.readFileSync(key), readyTimeout: 120000 });
