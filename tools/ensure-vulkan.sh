#!/bin/sh
# Makes sure that this machine has a Vulkan driver, which Glassbox computes with.
# Says nothing and does nothing where there is one. On Debian and Ubuntu it installs
# Mesa's drivers otherwise: they bring a software one (lavapipe), so no GPU is needed.
# Elsewhere it names the packages and exits with 1.
#
# `make run` and `make test` call it; tools/ensure-vulkan-test.sh tests it.
set -eu

# Empty but in the test, which puts a made-up system under this folder.
root=${ENSURE_VULKAN_ROOT:-}

# libvulkan1            the Vulkan loader, libvulkan.so.1
# mesa-vulkan-drivers   the drivers: Intel, AMD and lavapipe (software)
# libegl1 libgl1-mesa-dri
#                       the GL backend, which is the fallback and is tested too
# libwayland-egl1       wgpu opens it for a GL window on Wayland
# the rest              winit 0.30 opens these at run time for an X11 window: libX11, libXcursor,
#                       libX11-xcb, libXi, libxcb, libxkbcommon and libxkbcommon-x11. What is not
#                       named below comes with its neighbours. XRandR goes over libxcb: no libXrandr.
apt_packages="libvulkan1 mesa-vulkan-drivers libegl1 libgl1-mesa-dri libwayland-egl1 \
libx11-xcb1 libxcursor1 libxi6 libxkbcommon-x11-0"

say() {
    printf '%s\n' "$*" >&2
}

# have_library NAME: can the dynamic loader find it?
have_library() {
    ldconfig=$(command -v ldconfig || printf '%s' "$root/sbin/ldconfig")
    if "$ldconfig" -p 2>/dev/null | grep -qF "	$1 "; then
        return 0
    fi
    # Systems without a cache (musl, NixOS): the folders that are left.
    old_ifs=$IFS
    IFS=:
    for dir in ${LD_LIBRARY_PATH:-} "$root/usr/local/lib" "$root/usr/lib" "$root/lib"; do
        if [ -n "$dir" ] && [ -e "$dir/$1" ]; then
            IFS=$old_ifs
            return 0
        fi
    done
    IFS=$old_ifs
    return 1
}

# manifests: the driver manifests the Vulkan loader would read, one per line.
manifests() {
    chosen=${VK_DRIVER_FILES:-${VK_ICD_FILENAMES:-}}
    if [ -n "$chosen" ]; then
        printf '%s\n' "$chosen" | tr ':' '\n'
        return
    fi
    for dir in "$root/etc/vulkan/icd.d" "$root/usr/share/vulkan/icd.d" \
        "$root/usr/local/share/vulkan/icd.d" "$root/run/opengl-driver/share/vulkan/icd.d"; do
        printf '%s\n' "$dir"
    done
}

# usable_manifest FILE: does it name a library that is there?
usable_manifest() {
    [ -r "$1" ] || return 1
    library=$(sed -n 's/.*"library_path"[[:space:]]*:[[:space:]]*"\([^"]*\)".*/\1/p' "$1" | head -n 1)
    case $library in
        '') return 1 ;;
        /*) [ -e "$root$library" ] ;;
        */*) [ -e "$(dirname "$1")/$library" ] ;;
        *) have_library "$library" ;;
    esac
}

# have_driver: is one of the manifests (files, or folders of them) usable?
have_driver() {
    manifests | while IFS= read -r entry; do
        if [ -d "$entry" ]; then
            for file in "$entry"/*.json; do
                if usable_manifest "$file"; then
                    echo found
                    break 2
                fi
            done
        elif usable_manifest "$entry"; then
            echo found
            break
        fi
    done | grep -q found
}

ready() {
    have_library libvulkan.so.1 && have_driver
}

install_with_apt() {
    say "Glassbox computes with Vulkan, and this machine has no usable Vulkan driver."
    say "Installing Mesa's drivers, which also work without a GPU, and the libraries a window needs:"
    say "  $apt_packages"
    if [ "$(id -u)" -eq 0 ]; then
        as_root=
    elif command -v sudo >/dev/null 2>&1; then
        as_root=sudo
        say "sudo may ask for your password."
    else
        say "That needs root, and there is no sudo here. As root, run:"
        say "  apt-get update && apt-get install -y --no-install-recommends $apt_packages"
        exit 1
    fi
    # as_root and apt_packages are split into words on purpose.
    # shellcheck disable=SC2086
    $as_root apt-get update -q ||
        say "apt-get update failed; trying with the package lists that are here."
    # shellcheck disable=SC2086
    if ! $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -q -y \
        --no-install-recommends -o DPkg::Lock::Timeout=120 $apt_packages; then
        say "apt-get could not install the packages; its message is above. Once it is settled, run this again."
        exit 1
    fi
    if ! ready; then
        say "The packages are installed, but there is still no usable Vulkan driver."
        say "Look at what 'vulkaninfo --summary' (package vulkan-tools) reports."
        exit 1
    fi
    say "The Vulkan driver is in place."
}

case $(uname -s) in
    Linux) ;;
    # Metal on macOS, DirectX 12 on Windows: part of the system.
    Darwin | MINGW* | MSYS* | CYGWIN*) exit 0 ;;
esac

if ready; then
    exit 0
fi

# The loader reads nothing else when one of these is set, so installing would not help.
for name in VK_DRIVER_FILES VK_ICD_FILENAMES; do
    eval "value=\${$name:-}"
    if [ -n "$value" ] && ! have_driver; then
        say "$name is set to '$value', which names no Vulkan driver that can be loaded."
        say "Correct it or unset it, then run this again."
        exit 1
    fi
done

if command -v apt-get >/dev/null 2>&1; then
    install_with_apt
    exit 0
fi

say "Glassbox computes with Vulkan, and this machine has no usable Vulkan driver. Install one, then run this again:"
if command -v dnf >/dev/null 2>&1; then
    say "  sudo dnf install vulkan-loader mesa-vulkan-drivers"
elif command -v pacman >/dev/null 2>&1; then
    say "  sudo pacman -S vulkan-icd-loader vulkan-swrast"
    say "  (vulkan-swrast works without a GPU; vulkan-radeon, vulkan-intel or nvidia-utils use yours)"
elif command -v zypper >/dev/null 2>&1; then
    say "  sudo zypper install libvulkan1 libvulkan_lvp"
    say "  (libvulkan_lvp works without a GPU; libvulkan_radeon or libvulkan_intel use yours)"
else
    say "  the Vulkan loader (libvulkan.so.1) and Mesa's Vulkan drivers, from your system's packages"
fi
exit 1
