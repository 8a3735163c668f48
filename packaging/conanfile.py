"""A recipe for Conan 2: `conan create packaging/conanfile.py`. Cargo and a C compiler must be there."""

from __future__ import annotations

import os

from conan import ConanFile
from conan.errors import ConanInvalidConfiguration
from conan.tools.files import copy, load, rm, rmdir


class Libami(ConanFile):
    name = "libami"
    license = "MIT"
    homepage = "https://libami.example.org"
    description = "Client library for the Asterisk Manager Interface, with SMS and USSD through GSM gateways"
    topics = ("asterisk", "ami", "sms", "ussd", "telephony")
    package_type = "library"
    settings = ("os", "arch", "compiler", "build_type")
    options = {"shared": [True, False]}  # noqa: RUF012
    default_options = {"shared": True}  # noqa: RUF012

    def set_version(self):
        lines = load(self, os.path.join(self.recipe_folder, "..", "Cargo.toml")).splitlines()
        self.version = next(line.split('"')[1] for line in lines if line.startswith("version = "))

    def export_sources(self):
        root = os.path.join(self.recipe_folder, "..")
        made = ("build/*", "dist/*", "target/*", ".git/*", "*/__pycache__/*")
        copy(self, "*", root, self.export_sources_folder, excludes=made)

    def package_id(self):
        # The library is Rust, always optimised, and its interface is C.
        del self.info.settings.compiler
        del self.info.settings.build_type

    def validate(self):
        if self.settings.os != "Linux":
            raise ConanInvalidConfiguration("the C library of libami needs Linux")

    def build(self):
        self.run("make lib man")

    def package(self):
        self.run(f'make install PREFIX="{self.package_folder}"')
        copy(self, "LICENSE", self.source_folder, os.path.join(self.package_folder, "licenses"))
        # Conan writes its own.
        rmdir(self, os.path.join(self.package_folder, "lib", "pkgconfig"))
        rmdir(self, os.path.join(self.package_folder, "lib", "cmake"))
        unwanted = "*.a" if self.options.shared else "*.so*"
        rm(self, unwanted, os.path.join(self.package_folder, "lib"))

    def package_info(self):
        self.cpp_info.libs = ["ami"]
        self.cpp_info.system_libs = ["m"]
        self.cpp_info.set_property("cmake_file_name", "libami")
        self.cpp_info.set_property("cmake_target_name", "libami::ami")
        self.cpp_info.set_property("pkg_config_name", "libami")
