#!/usr/bin/env bash
# Installs what nnc is built and tested with: Debian packages (apt) and a virtual environment in .venv
# with the pinned Python packages of requirements.txt. Safe to run again: what is there is left alone.
set -euo pipefail
cd "$(dirname "$0")/.."

packages=(
  # the compiler itself
  libmlir-22-dev mlir-22-tools llvm-22-dev llvm-22-tools clang-22 lld-22
  libprotobuf-dev protobuf-compiler libzip-dev libeigen3-dev libopenblas-dev libnlopt-dev libqhull-dev pkg-config
  g++ ninja-build ccache python3-venv
  # tests and benchmarks
  libgtest-dev libgmock-dev libbenchmark-dev libclang-rt-22-dev
  # generated code for other machines
  g++-12-aarch64-linux-gnu qemu-user
)

missing=()
for package in "${packages[@]}"; do
  dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null | grep -qx installed || missing+=("$package")
done
if ((${#missing[@]})); then
  sudo=()
  ((EUID == 0)) || sudo=(sudo)
  echo "apt: installing ${missing[*]}"
  "${sudo[@]}" apt-get update -qq
  "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}"
else
  echo "apt: all ${#packages[@]} packages are there"
fi

[[ -x .venv/bin/python ]] || python3 -m venv .venv
.venv/bin/pip install --quiet --disable-pip-version-check -r requirements.txt
echo "pip: requirements.txt is installed in .venv"
