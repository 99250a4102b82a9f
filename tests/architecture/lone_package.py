"""The import contract that keeps a package apart from its siblings, those to come included."""

from grimp import ImportGraph
from importlinter import Contract, ContractCheck, fields, output


class LonePackageContract(Contract):
    """`package` imports nothing that lies beside it or is its parent, nor they anything of it.

    It is `independence` between the package and all else in its parent: that type wants each
    sibling named, and the next one would be forgotten.
    """

    type_name = "lone_package"

    package = fields.StringField()

    def check(self, graph: ImportGraph, verbose: bool) -> ContractCheck:
        del verbose
        package = str(self.package)
        parent = package.rpartition(".")[0]
        inside = {package} | graph.find_descendants(package)
        beside = ({parent} | graph.find_descendants(parent)) - inside
        links = [
            (importer, imported)
            for importers, others in ((inside, beside), (beside, inside))
            for importer in importers
            for imported in graph.find_modules_directly_imported_by(importer) & others
        ]
        return ContractCheck(kept=not links, metadata={"links": sorted(links)})

    def render_broken_contract(self, check: ContractCheck) -> None:
        for importer, imported in check.metadata["links"]:
            output.print_error(f"- {importer} imports {imported}; they are to stay apart")
