"""Writes a wheel of a setuptools that does what a test needs of it: it runs `setup.py` and takes the
name, the version, the requirements and the modules that this gives to `setup`.

    tiny_setuptools.py FOLDER
"""

import base64
import hashlib
import pathlib
import sys
import zipfile


RECORDER = '''
def record(members, name):
    "The text of RECORD, with the digest of each member but itself."
    lines = ""
    for member, text in members.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()
        lines += f"{member},sha256={digest},{len(text.encode())}\\n"
    return f"{lines}{name},,\\n"
'''
exec(RECORDER)

SETUP = '''
given = {}


def setup(**settings):
    given.update(settings)
'''

BACKEND = '''
import base64
import hashlib
import os
import pathlib
import sys
import zipfile

RECORDER


class Legacy:
    def given(self):
        import setuptools

        sys.path.insert(0, os.getcwd())
        sys.argv[:] = ["setup.py", "egg_info"]
        code = pathlib.Path("setup.py").read_text()
        exec(compile(code, "setup.py", "exec"), {"__name__": "__main__", "__file__": "setup.py"})
        return setuptools.given

    def metadata(self):
        given = self.given()
        lines = ["Metadata-Version: 2.1", "Name: " + given["name"], "Version: " + given["version"]]
        lines += ["Requires-Dist: " + need for need in given.get("install_requires", [])]
        for extra, needs in given.get("extras_require", {}).items():
            lines.append("Provides-Extra: " + extra)
            lines += [f"Requires-Dist: {need}; extra == '{extra}'" for need in needs]
        return given, "\\n".join([*lines, "", ""])

    def prepare_metadata_for_build_wheel(self, folder, settings=None):
        given, text = self.metadata()
        made = pathlib.Path(folder, given["name"] + "-" + given["version"] + ".dist-info")
        made.mkdir()
        made.joinpath("METADATA").write_text(text)
        return made.name

    def build_wheel(self, folder, settings=None, given=None):
        given, text = self.metadata()
        stem = given["name"] + "-" + given["version"]
        info = stem + ".dist-info"
        members = {
            **{module + ".py": pathlib.Path(module + ".py").read_text() for module in given["py_modules"]},
            info + "/METADATA": text,
            info + "/WHEEL": "Wheel-Version: 1.0\\nGenerator: t\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n",
        }
        members[info + "/RECORD"] = record(members, info + "/RECORD")
        file = stem + "-py3-none-any.whl"
        with zipfile.ZipFile(pathlib.Path(folder, file), "w") as wheel:
            for member, content in members.items():
                wheel.writestr(zipfile.ZipInfo(member), content)
        return file


__legacy__ = Legacy()
'''

BACKEND = BACKEND.replace("RECORDER", RECORDER)
INFO = "setuptools-80.0.dist-info"
MEMBERS = {
    "setuptools/__init__.py": SETUP,
    "setuptools/build_meta.py": BACKEND,
    f"{INFO}/METADATA": "Metadata-Version: 2.1\nName: setuptools\nVersion: 80.0\n",
    f"{INFO}/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
}
MEMBERS[f"{INFO}/RECORD"] = record(MEMBERS, f"{INFO}/RECORD")

folder = pathlib.Path(sys.argv[1])
folder.mkdir(exist_ok=True)
with zipfile.ZipFile(folder / "setuptools-80.0-py3-none-any.whl", "w") as wheel:
    for member, content in MEMBERS.items():
        wheel.writestr(zipfile.ZipInfo(member), content)
