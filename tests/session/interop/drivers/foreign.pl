#!/usr/bin/perl
# One copy with Perl's Net::SFTP::Foreign, through OpenSSH's ssh:
# PORT USER KEY put|get|reput|reget|rename|remove|put-tree|get-tree FROM [TO]
# Further words are options of its put().
use strict;
use warnings;
use Encode qw(decode_utf8);
use Net::SFTP::Foreign;

my ($port, $user, $key, $do, $from, $to, @more) = @ARGV;
my $sftp = Net::SFTP::Foreign->new('127.0.0.1', user => $user,
	port => $port, more => [-F => 'none', -i => $key,
	-o => 'BatchMode=yes', -o => 'IdentitiesOnly=yes',
	-o => 'StrictHostKeyChecking=no', -o => 'LogLevel=ERROR',
	-o => 'UserKnownHostsFile=/dev/null']);
$sftp->die_on_error('connection');
# It sends names as UTF-8, and so wants characters.
$to = decode_utf8($to) if $do =~ /put|rename/;
$from = decode_utf8($from) if $do !~ /put/;

if ($do eq 'put') { $sftp->put($from, $to, @more) }
elsif ($do eq 'reput') { $sftp->put($from, $to, resume => 1) }
elsif ($do eq 'get') { $sftp->get($from, $to) }
elsif ($do eq 'reget') { $sftp->get($from, $to, resume => 1) }
elsif ($do eq 'rename') { $sftp->rename($from, $to, overwrite => 1) }
elsif ($do eq 'remove') { $sftp->remove($from) }
elsif ($do =~ /^(.*)-tree$/) {
	my $sub = $1 eq 'put' ? 'rput' : 'rget';
	$sftp->$sub($from, $to, on_error => sub {
		my $text = $_[0]->error;
		die "$text\n" if $text !~ /already exists/;
	});
} else { die "what is $do?\n" }
$sftp->die_on_error($do);
