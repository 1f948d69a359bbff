"""What to do next, after a command that wrote something."""

from pathlib import Path


def after_new(path: Path) -> str:
    """The commands to go on with after `netspec new`."""
    return f"Wrote {path}. Next:\n\n  netspec check {path}\n  netspec show {path}\n  netspec layers"


def schema_use(file: Path | None) -> str:
    """How an editor is told of the schema."""
    name = file or Path("netspec.schema.json")
    saved = "" if file else f"Save it beside your specs (netspec schema -o {name}). "
    return (
        f"{saved}An editor with a YAML language server checks a spec that begins with this line:\n\n"
        f"  # yaml-language-server: $schema={name}\n\n"
        f"For all of your specs, put this into the settings of VS Code (with its YAML extension):\n\n"
        f'  "yaml.schemas": {{"./{name}": ["*.netspec.yaml", "specs/*.yaml"]}}'
    )
