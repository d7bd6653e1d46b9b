export interface InstallPlace {
  /** What addresses of the API begin with. */
  apiUrl: string;
  /** `host:port` */
  joinAddress: string;
  /** `host:port`, with commas. */
  gateways: string;
  /** As `uname -sm` says it, of the machines that this API's own Node can run on. */
  machine: string;
}

const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;

/**
 * A program of a POSIX shell that makes the host it runs on a node: engine, agent, and the agent's start with the
 * host. What is there already is used; called again, it brings a newer agent. Variables of the agent that are set
 * where it runs (`PIERHEAD_ENGINE`, `PIERHEAD_NODE_NAME`, …) are handed on and kept for the next call.
 */
export const installScript = ({ apiUrl, joinAddress, gateways, machine }: InstallPlace): string => `#!/bin/sh
set -e
API=${quoted(apiUrl)}
JOIN_ADDRESS=${quoted(joinAddress)}
GATEWAYS=${quoted(gateways)}
MACHINE=${quoted(machine)}
${program}`;

/** The same for every platform. */
const program = String.raw`
TOKEN=$1
STATE=$PIERHEAD_AGENT_STATE
[ -n "$STATE" ] || STATE=/var/lib/pierhead-agent

# What was given to an earlier run holds until it is given anew.
settings() {
  set | sed -n 's/^\(PIERHEAD_[A-Z_]*\)=.*/\1/p' | while read -r name; do
    case "$name" in
      PIERHEAD_AGENT_STATE | PIERHEAD_JOIN_TOKEN_FILE) ;;
      *) eval "printf '%s=%s\n' \"\$name\" \"\$$name\"" ;;
    esac
  done
}
if [ -f "$STATE/settings" ]; then
  while IFS= read -r line; do
    name=$(printf '%s\n' "$line" | sed 's/=.*//')
    # The rest of a value of several lines is no setting.
    case "$name" in '' | *[!A-Z_]*) continue ;; esac
    value=$(printf '%s\n' "$line" | sed 's/^[^=]*=//')
    eval "[ -n \"\$$name\" ] || $name=\$value"
  done <"$STATE/settings"
fi
GIVEN=$(settings)
[ -n "$PIERHEAD_JOIN_ADDRESS" ] || PIERHEAD_JOIN_ADDRESS=$JOIN_ADDRESS
[ -n "$PIERHEAD_GATEWAYS" ] || PIERHEAD_GATEWAYS=$GATEWAYS
FOLDER=$PIERHEAD_AGENT_FOLDER
[ -n "$FOLDER" ] || FOLDER=/opt/pierhead-agent
ENGINE=$PIERHEAD_ENGINE
OVERLAY=$PIERHEAD_OVERLAY
[ -n "$OVERLAY" ] || OVERLAY=auto
umask 077

say() { printf '%s\n' "$*" >&2; }
die() { say "$*"; exit 1; }
has() { command -v "$1" >/dev/null 2>&1; }
fetch() { curl -fsSL --retry 3 "$API$1" -o "$2" || die "$API$1 cannot be fetched."; }
recent() {
  "$1" -e 'const [a, b] = process.versions.node.split(".").map(Number);
    process.exit(a > 22 || (a === 22 && b >= 12) || (a === 20 && b >= 19) ? 0 : 1)' >/dev/null 2>&1
}

[ "$(id -u)" = 0 ] || die 'Only root makes a host a node; run this with sudo.'
[ -n "$TOKEN" ] || [ -f "$STATE/identity.json" ] || die 'Give a join token: … | sh -s -- TOKEN'
has curl || die 'Install curl first.'
systemd=
if [ -d /run/systemd/system ]; then systemd=yes; fi

# The engine, and what networks are made with.
wanted=
[ -n "$ENGINE" ] || has podman || wanted='podman runc netavark aardvark-dns catatonit'
has ip || wanted="$wanted iproute2"
has nft || wanted="$wanted nftables"
has iptables || wanted="$wanted iptables"
has arping || wanted="$wanted iputils-arping"
if [ -n "$wanted" ]; then
  has apt-get || die "This is not Debian or Ubuntu: install what their packages $wanted hold, then run this again."
  say "Installing $wanted"
  apt-get update -q >/dev/null 2>&1 || true
  DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends $wanted >&2
fi
if [ -z "$ENGINE" ]; then
  ENGINE=unix:///run/podman/podman.sock
  if [ -n "$systemd" ]; then
    systemctl enable --now podman.socket >&2
  elif ! [ -S /run/podman/podman.sock ]; then
    mkdir -p /run/podman
    setsid nohup podman system service --time=0 "$ENGINE" >/dev/null 2>&1 </dev/null &
  fi
fi

# The agent, beside the one that runs until it is whole.
mkdir -p "$FOLDER" "$STATE"
fetch /agent/agent.tgz "$FOLDER/agent.tgz"
rm -rf "$FOLDER/next"
mkdir "$FOLDER/next"
tar -xzf "$FOLDER/agent.tgz" -C "$FOLDER/next" || die 'The agent that was fetched is broken; run this again.'
rm "$FOLDER/agent.tgz"
NODE=$(command -v node || true)
if [ -z "$NODE" ] || ! recent "$NODE"; then
  NODE="$FOLDER/node"
  if ! recent "$NODE"; then
    [ "$(uname -sm)" = "$MACHINE" ] || die 'Install Node 20.19 or newer first; the one of the platform is for another machine.'
    fetch /agent/node "$FOLDER/node.next"
    chmod 0755 "$FOLDER/node.next"
    recent "$FOLDER/node.next" || die 'Install Node 20.19 or newer first; the one of the platform does not run here.'
    mv "$FOLDER/node.next" "$NODE"
  fi
fi
rm -rf "$FOLDER/agent"
mv "$FOLDER/next" "$FOLDER/agent"

[ -z "$TOKEN" ] || printf '%s' "$TOKEN" >"$STATE/join-token"
printf '%s\n' "$GIVEN" | sed '/^$/d' >"$STATE/settings"
{
  settings | grep -v -e '^PIERHEAD_AGENT_FOLDER=' -e '^PIERHEAD_ENGINE=' -e '^PIERHEAD_OVERLAY='
  printf '%s\n' "PIERHEAD_AGENT_STATE=$STATE" "PIERHEAD_ENGINE=$ENGINE" "PIERHEAD_JOIN_TOKEN_FILE=$STATE/join-token"
  printf '%s\n' "PIERHEAD_OVERLAY=$OVERLAY" NODE_ENV=production MALLOC_ARENA_MAX=2
} >"$STATE/agent.env"

# Started now and with the host.
options='--max-semi-space-size=2 --optimize-for-size'
main="$FOLDER/agent/dist/apps/agent/main.js"
if [ -n "$systemd" ]; then
  cat >/etc/systemd/system/pierhead-agent.service <<UNIT
[Unit]
Description=Pierhead agent
After=network-online.target podman.socket
Wants=network-online.target

[Service]
EnvironmentFile=$STATE/agent.env
ExecStart=$NODE $options $main
Restart=always
RestartSec=2
KillMode=process

[Install]
WantedBy=multi-user.target
UNIT
  systemctl daemon-reload
  systemctl enable pierhead-agent >&2
  systemctl restart pierhead-agent
else
  pid=$(cat "$STATE/agent.pid" 2>/dev/null || true)
  if [ -n "$pid" ] && grep -qs "$main" "/proc/$pid/cmdline"; then
    kill "$pid"
    # One that has ended keeps its place until its parent has looked, but not its command.
    while grep -qs "$main" "/proc/$pid/cmdline"; do sleep 0.2; done
  fi
  (
    while IFS= read -r line; do export "$line"; done <"$STATE/agent.env"
    exec setsid nohup "$NODE" $options "$main" >>"$STATE/agent.log" 2>&1 </dev/null
  ) &
  echo $! >"$STATE/agent.pid"
fi

left=60
until [ -f "$STATE/identity.json" ]; do
  left=$((left - 1))
  if [ "$left" = 0 ]; then
    if [ -n "$systemd" ]; then journalctl -u pierhead-agent -n 20 --no-pager >&2; else tail -n 20 "$STATE/agent.log" >&2; fi
    die 'The host has not joined.'
  fi
  sleep 1
done
rm -f "$STATE/join-token"
say "This host is a node of $API now."
`;
