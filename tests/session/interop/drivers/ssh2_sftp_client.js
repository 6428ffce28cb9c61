#!/usr/bin/node
// One thing with node's ssh2-sftp-client:
// PORT USER KEY put|get|reput|reget|rename|remove|put-tree|get-tree FROM [TO]
"use strict";

const fs = require("fs");
const Client = require("ssh2-sftp-client");

const [port, username, key, action, from, to] = process.argv.slice(2);
const client = new Client();

const actions = {
	put: () => client.put(from, to),
	get: () => client.get(from, to),
	reput: async () => client.append(
	    fs.createReadStream(from, { start: (await client.stat(to)).size }),
	    to),
	reget: () => client.get(from, fs.createWriteStream(to, { flags: "a" }),
	    { readStreamOptions: { start: fs.statSync(to).size } }),
	"put-tree": () => client.uploadDir(from, to),
	"get-tree": () => client.downloadDir(from, to),
	rename: () => client.posixRename(from, to),
	remove: () => client.delete(from),
};

async function main() {
	await client.connect({ host: "127.0.0.1", port: Number(port), username,
		privateKey: fs.readFileSync(key), readyTimeout: 120000,
		retries: 0 });
	await actions[action]();
	await client.end();
}

main().then(() => process.exit(0), error => {
	console.error(error.message);
	process.exit(1);
});
