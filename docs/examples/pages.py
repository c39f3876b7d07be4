"""Runs every `bash` block of the pages for users, as a reader would: in a folder
that has docs/, with sluice and python on the PATH, against what is running."""

import os
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).parent.parent.parent
PAGES = ["docs/upstream.md", "docs/settings.md", "docs/downstream.md", "docs/operate.md"]


def run(folder, binary, environment):
    """The output of each block, in order."""
    folder.mkdir()
    (folder / "docs").symlink_to(ROOT / "docs")
    path = os.pathsep.join([str(pathlib.Path(binary).parent), str(pathlib.Path(sys.executable).parent), os.environ["PATH"]])
    printed = []
    for page in PAGES:
        blocks = re.findall(r"^```bash\n(.*?)^```$", (ROOT / page).read_text(), re.MULTILINE | re.DOTALL)
        if not blocks:
            raise RuntimeError(f"{page} has no commands")
        for block in blocks:
            done = subprocess.run(
                ["bash", "-euo", "pipefail", "-c", block], cwd=folder, env=environment | {"PATH": path},
                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, timeout=120, text=True,
            )
            if done.returncode != 0:
                raise RuntimeError(f"{page}: exit code {done.returncode}\n{block}\n{done.stdout[-2000:]}")
            printed.append(done.stdout)
    return printed
