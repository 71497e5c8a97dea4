#!/usr/bin/perl
# A SOCKS server (4, 4a, 5) of Debian's libio-socket-socks-perl: socks-server.pl PORT NAME [USER]
# NAME is this machine, and only this server knows. With USER, SOCKS 4 is for that user alone.
use strict;
use warnings;
use IO::Select;
use IO::Socket::INET;
use IO::Socket::Socks qw(:constants);

my ($port, $name, $user) = @ARGV;
$SIG{CHLD} = 'IGNORE';
# A process for each peer: they end with this one.
my $parent = $$;

my $server = IO::Socket::Socks->new(
    SocksVersion => [4, 5],
    SocksResolve => 1,
    ProxyAddr    => '127.0.0.1',
    ProxyPort    => $port,
    Listen       => 10,
    ($user ? (UserAuth => sub { ($_[0] // '') eq $user }) : ()),
) or die "cannot listen: $@";

while (1) {
    my $client = $server->accept() or next;
    next if fork();
    attend($client);
    exit 0;
}

sub attend {
    my ($client) = @_;
    $client->ready or return;
    my ($command, $host, $target) = @{ $client->command };
    my $v4 = $client->version == 4;
    my $peer = $command == CMD_CONNECT && IO::Socket::INET->new(
        PeerAddr => $host eq $name ? '127.0.0.1' : $host,
        PeerPort => $target,
        Timeout  => 10,
    );
    unless ($peer) {
        $client->command_reply($v4 ? REQUEST_FAILED : REPLY_HOST_UNREACHABLE, '0.0.0.0', 0);
        return;
    }
    $client->command_reply($v4 ? REQUEST_GRANTED : REPLY_SUCCESS, $peer->sockhost, $peer->sockport);
    my $both = IO::Select->new($client, $peer);
    while (1) {
        for my $from ($both->can_read(1)) {
            $from->sysread(my $bytes, 65536) or return;
            ($from == $client ? $peer : $client)->syswrite($bytes);
        }
        return if getppid() != $parent;
    }
}
