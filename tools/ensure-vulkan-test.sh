#!/bin/sh
# Tests tools/ensure-vulkan.sh on made-up systems: a folder stands for the root of the file system,
# and stand-ins for apt-get, sudo, id, uname and ldconfig write down what was asked of them.
# Nothing is installed and nothing outside a temporary folder is touched.
set -eu

script=$(cd "$(dirname "$0")" && pwd)/ensure-vulkan.sh
shell=$(command -v sh)
top=$(mktemp -d)
trap 'rm -rf "$top"' EXIT
failures=0
unset VK_DRIVER_FILES VK_ICD_FILENAMES LD_LIBRARY_PATH

stand_in() {
    printf '#!%s\n%s\n' "$shell" "$2" >"$bin/$1"
    chmod +x "$bin/$1"
}

# system: a fresh Linux, run as root, without driver and without package manager.
system() {
    sys=$top/$1
    bin=$sys/bin
    mkdir -p "$bin"
    : >"$sys/libraries"
    : >"$sys/log"
    for tool in sed grep head tr dirname env; do
        ln -s "$(command -v "$tool")" "$bin/$tool"
    done
    stand_in uname 'echo Linux'
    stand_in id 'echo 0'
    stand_in ldconfig "while read -r l; do printf '\t%s (libc6) => /lib/%s\n' \"\$l\" \"\$l\"; done <'$sys/libraries'"
}

with_loader() {
    echo libvulkan.so.1 >>"$sys/libraries"
}

# with_driver [LIBRARY]: a manifest; LIBRARY is listed as present only without an argument.
with_driver() {
    mkdir -p "$sys/usr/share/vulkan/icd.d"
    printf '{\n  "ICD": {\n    "library_path": "%s"\n  }\n}\n' "${1:-libvulkan_lvp.so}" \
        >"$sys/usr/share/vulkan/icd.d/driver.json"
    [ $# -gt 0 ] || echo libvulkan_lvp.so >>"$sys/libraries"
}

# with_apt [BODY]: apt-get that logs, then on install does BODY (by default: brings loader and driver).
with_apt() {
    manifest=$sys/usr/share/vulkan/icd.d
    mkdir -p "$manifest"
    bring="printf 'libvulkan.so.1\nlibvulkan_lvp.so\n' >>'$sys/libraries'
printf '{\"ICD\": {\"library_path\": \"libvulkan_lvp.so\"}}' >'$manifest/lvp.json'"
    stand_in apt-get "echo \"apt-get \$*\" >>'$sys/log'
[ \"\$1\" = install ] || exit 0
${1:-$bring}"
}

# expect NAME CODE [WORD...]: runs the script; its output must hold each WORD, or be empty without any.
expect() {
    name=$1
    code=$2
    shift 2
    got=0
    output=$(PATH=$bin ENSURE_VULKAN_ROOT=$sys "$shell" "$script" 2>&1) || got=$?
    problem=
    [ "$got" = "$code" ] || problem="exit code $got, expected $code"
    [ $# -gt 0 ] || [ -z "$output" ] || problem="expected no output"
    for word in "$@"; do
        case $output in *"$word"*) ;; *) problem="no '$word' in the output" ;; esac
    done
    verdict "$name" "$problem"
}

# logged NAME TEXT: what the stand-ins wrote down must hold TEXT; an empty TEXT means nothing was asked.
logged() {
    problem=
    if [ -n "$2" ]; then
        grep -qF -- "$2" "$sys/log" || problem="nobody ran '$2'"
    else
        [ ! -s "$sys/log" ] || problem="something was installed"
    fi
    output=$(cat "$sys/log")
    verdict "$1" "$problem"
}

verdict() {
    if [ -z "$2" ]; then
        printf 'ok      %s\n' "$1"
    else
        printf 'FAILED  %s: %s\n%s\n' "$1" "$2" "$output"
        failures=$((failures + 1))
    fi
}

system ready; with_loader; with_driver; with_apt
expect 'a driver is there: silent' 0
logged 'a driver is there: nothing is installed' ''

system absolute; with_loader; with_driver /usr/lib/lvp.so; mkdir -p "$sys/usr/lib"; : >"$sys/usr/lib/lvp.so"
expect 'a manifest with an absolute path' 0

system bare; with_apt
expect 'nothing there, root: says what and why' 0 'no usable Vulkan driver' 'mesa-vulkan-drivers' 'in place'
logged 'nothing there, root: refreshes the lists' 'apt-get update'
logged 'nothing there, root: installs' 'libvulkan1 mesa-vulkan-drivers libegl1'

system no_loader; with_driver; with_apt
expect 'a driver without the loader' 0 'in place'

system stale; with_loader; with_driver libGLX_nvidia.so.0; with_apt
expect 'a manifest whose library is missing' 0 'in place'

system user; with_apt; stand_in id 'echo 1000'; stand_in sudo "echo \"sudo \$*\" >>'$sys/log'; exec \"\$@\""
expect 'a user with sudo' 0 'password' 'in place'
logged 'a user with sudo: through sudo' 'sudo env DEBIAN_FRONTEND=noninteractive apt-get install'

system no_sudo; with_apt; stand_in id 'echo 1000'
expect 'a user without sudo: shows the command' 1 'needs root' 'apt-get install -y'
logged 'a user without sudo: nothing is installed' ''

system offline; with_apt; sed 's/|| exit 0/|| exit 100/' "$bin/apt-get" >"$bin/new"
chmod +x "$bin/new"; mv "$bin/new" "$bin/apt-get"
expect 'the lists cannot be refreshed' 0 'update failed' 'in place'

system broken; with_apt 'exit 100'
expect 'the installation fails' 1 'could not install'

system useless; with_apt ':'
expect 'installed, and still no driver' 1 'still no usable'

system fedora; stand_in dnf ':'
expect 'dnf: names the packages' 1 'dnf install vulkan-loader mesa-vulkan-drivers'

system arch; stand_in pacman ':'
expect 'pacman: names the packages' 1 'pacman -S vulkan-icd-loader'

system suse; stand_in zypper ':'
expect 'zypper: names the packages' 1 'zypper install libvulkan1'

system other
expect 'another system: says what to look for' 1 'libvulkan.so.1'

system mac; stand_in uname 'echo Darwin'
expect 'macOS: silent' 0

system chosen; with_loader; with_apt; with_driver
mv "$sys/usr/share/vulkan/icd.d/driver.json" "$sys/my driver.json"
export VK_DRIVER_FILES="/nowhere.json:$sys/my driver.json"
expect 'VK_DRIVER_FILES names a driver' 0
export VK_DRIVER_FILES="$sys"
expect 'VK_DRIVER_FILES names a folder' 0
export VK_DRIVER_FILES=/nowhere.json
expect 'VK_DRIVER_FILES names nothing' 1 'VK_DRIVER_FILES' '/nowhere.json'
logged 'VK_DRIVER_FILES names nothing: nothing is installed' ''
unset VK_DRIVER_FILES
export VK_ICD_FILENAMES=/nowhere.json
expect 'VK_ICD_FILENAMES names nothing' 1 'VK_ICD_FILENAMES'
unset VK_ICD_FILENAMES

[ "$failures" -eq 0 ] || { printf '%s failed\n' "$failures"; exit 1; }
