<?php
/*
 * One copy with PHP's ssh2, which is libssh2:
 * PORT USER KEY put|get|rename|remove FROM [TO]
 */
[, $port, $user, $key, $do, $from] = $argv;
$to = $argv[6] ?? null;

function told($what)
{
	fwrite(STDERR, "$what failed\n");
	exit(1);
}

function copied($in, $out)
{
	$a = fopen(...$in) or told("open");
	$b = fopen(...$out) or told("open");
	while (!feof($a)) {
		$data = fread($a, 65536);
		if ($data === false)
			told("read");
		for ($done = 0; $done < strlen($data); $done += $n) {
			$n = fwrite($b, substr($data, $done));
			if ($n === false || $n === 0)
				told("write");
		}
	}
	fclose($b) or told("close");
}

$ssh = ssh2_connect("127.0.0.1", (int)$port) or told("connection");
ssh2_auth_pubkey_file($ssh, $user, "$key.pub", $key) or told("login");
$sftp = ssh2_sftp($ssh) or told("sftp");
$there = "ssh2.sftp://" . intval($sftp);

switch ($do) {
case "put":
	copied([$from, "rb"], [$there . $to, "wb"]);
	break;
case "get":
	copied([$there . $from, "rb"], [$to, "wb"]);
	break;
case "rename":
	ssh2_sftp_rename($sftp, $from, $to) or told($do);
	break;
case "remove":
	ssh2_sftp_unlink($sftp, $from) or told($do);
	break;
default:
	told("what is $do?");
}
