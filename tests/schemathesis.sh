#!/usr/bin/env bash
# What the service says of itself against what it does: schemathesis makes requests from /openapi.json, right and wrong ones,
# and looks whether every answer is one that the description allows. As nobody, and as somebody of each role.
#
#   tests/schemathesis.sh target/debug/qiantang [EXAMPLES]
set -euo pipefail
cd "$(dirname "$0")/.."

program=$(realpath "${1:?which qiantang}")
examples=${2:-6}
venv=$PWD/var/venv
how=$PWD/tests/schemathesis
version=4.32.5

if [ "$("$venv/bin/schemathesis" --version 2>/dev/null)" != "schemathesis, version $version" ]; then
    python3 -m venv --clear "$venv"
    "$venv/bin/pip" install --quiet --disable-pip-version-check "schemathesis==$version"
fi

folder=$(mktemp -d)
server=
trap '[ -z "$server" ] || { kill "$server" && wait "$server"; } 2>/dev/null || :; rm -rf "$folder"' EXIT
database=$folder/market.db
password='a password for tests only'

# A month of a small market, which goes on from now.
day() { date -u -d "$1 days" +%FT00:00:00Z; }
sed -e "s/{past}/$(day -30)/g; s/{start}/$(day -29)/g; s/{reported}/$(day -27)/g; s/{until}/$(day 60)/g" \
    "$how/market.jsonl" > "$folder/market.jsonl"
"$program" replay "$folder/market.jsonl" --quiet --fresh --database "$database" --out "$folder/results.jsonl"
if grep '"problem"' "$folder/results.jsonl"; then exit 1; fi
person() {
    "$program" user add --quiet --database "$database" --org "$2" --role "$1" --email "$3@example.cn" --name "$3" \
        --password-stdin <<< "$password" > /dev/null
}
# The example of a user in the description is this one: what is done to it must not end the sessions of the others.
person tenant 租户 somebody
person operator 运营方 operator
person provider 智算中心 provider
person tenant 租户 tenant
person issuer 经信局 issuer

"$program" serve --database "$database" --listen 127.0.0.1:0 --keys "$folder/keys" --login-per-minute 1000000 \
    > "$folder/said" 2> "$folder/log" &
server=$!
for _ in $(seq 100); do
    url=$(sed -n 's/^Qiantang listens on //p' "$folder/said")
    [ -z "$url" ] || break
    sleep 0.1
done
[ -n "$url" ] || { cat "$folder/log"; exit 1; }

token() {
    "$venv/bin/python" - "$url" "$1@example.cn" "$password" << 'END'
import json, sys, urllib.request
url, email, password = sys.argv[1:]
body = json.dumps({"grant_type": "password", "email": email, "password": password}).encode()
request = urllib.request.Request(url + "/v1/auth/token", body, {"content-type": "application/json"})
print(json.load(urllib.request.urlopen(request))["access_token"])
END
}

# Never ends by itself: tests/it/api/stream.rs looks at it.
unended=(--exclude-path /v1/market/stream)
# Would end the session that the rest of the run needs: tests/it/api/tokens.rs looks at it.
ending=(--exclude-path /v1/auth/logout)

# The example of a session in the description is the first one: whoever ends it must not end those of the others.
token somebody > /dev/null

failed=
try() {
    echo "== as $1"
    TOKEN=$(token "$1")
    # It keeps notes where it runs.
    (
        cd "$folder"
        TOKEN=$TOKEN SCHEMATHESIS_HOOKS=hooks PYTHONPATH=$how PYTHONDONTWRITEBYTECODE=1 \
            "$venv/bin/schemathesis" --config-file "$how/schemathesis.toml" run "$url/openapi.json" \
            -H "Authorization: Bearer $TOKEN" --max-examples "$examples" --generation-deterministic \
            --no-color --continue-on-failure "${unended[@]}" "${ending[@]}" "${@:2}"
    ) || failed=yes
}
# Each what it may do as its own, an issuer what it may do to all too; then the operator, who may stop the others, everything.
try provider --include-by "/x-roles/provider == own"
try tenant --include-by "/x-roles/tenant == own"
try issuer --include-by "/x-roles/issuer == all"
try issuer --include-by "/x-roles/issuer == own"
try operator
# Whatever happened, the service still works, and its books are right.
[ -z "$failed" ] || exit 1
kill "$server" && wait "$server" || :
server=
"$program" verify --quiet --database "$database"
