#!/usr/bin/perl
# One copy with Perl's Net::SSH2, which is libssh2:
# PORT USER KEY put|get|reput|reget|rename|remove FROM [TO]
use strict;
use warnings;
use Fcntl qw(O_RDONLY O_WRONLY O_CREAT O_TRUNC);
use Net::SSH2;

my ($port, $user, $key, $do, $from, $to) = @ARGV;
my $ssh = Net::SSH2->new();
$ssh->connect('127.0.0.1', $port) or die "no connection\n";
$ssh->auth_publickey($user, "$key.pub", $key) or die "no login\n";
my $sftp = $ssh->sftp or die "no sftp\n";

sub told {
	my @e = $sftp->error;
	die "@_: @e " . ($ssh->error // '') . "\n";
}

sub put {
	my ($flags, $skip) = @_;
	open(my $in, '<', $from) or die "$from: $!\n";
	my $out = $sftp->open($to, $flags, 0644) or told('open');
	if ($skip) {
		my %st = $sftp->stat($to);
		seek($in, $st{size}, 0);
		$out->seek($st{size});
	}
	while (read($in, my $data, 65536)) {
		while (length $data) {
			my $n = $out->write($data);
			told('write') if !defined $n || $n < 0;
			substr($data, 0, $n) = '';
		}
	}
	undef $out;    # CLOSE; libssh2 says nothing of its answer
}

sub get {
	my ($mode) = @_;
	my $in = $sftp->open($from, O_RDONLY) or told('open');
	open(my $out, $mode, $to) or die "$to: $!\n";
	$in->seek(-s $to) if $mode eq '>>';
	while (1) {
		my $n = $in->read(my $data, 30000);
		told('read') if !defined $n || $n < 0;
		last if $n == 0;
		print $out $data;
	}
	close($out) or die "$to: $!\n";
}

if ($do eq 'put') { put(O_WRONLY | O_CREAT | O_TRUNC, 0) }
elsif ($do eq 'reput') { put(O_WRONLY, 1) }
elsif ($do eq 'get') { get('>') }
elsif ($do eq 'reget') { get('>>') }
elsif ($do eq 'rename') { $sftp->rename($from, $to) or told('rename') }
elsif ($do eq 'remove') { $sftp->unlink($from) or told('unlink') }
else { die "what is $do?\n" }
