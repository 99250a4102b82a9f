"""The import contract that keeps a slice's own modules to the slice, for every slice there is."""

from typing import Any

from grimp import ImportGraph
from importlinter import Contract, ContractCheck, fields, output


class SlicePrivateContract(Contract):
    """Only modules of `program.slice` (and migrations) import `program.slice.private`, or
    `program.slice.of_something_private`: a slice may have two of a kind.

    It is `protected`, bound per slice: that type cannot say "the same slice" by wildcard, and a
    hand-written contract for each slice would be forgotten for the next one.
    """

    type_name = "slice_private"

    programs = fields.ListField(subfield=fields.StringField())
    private = fields.ListField(subfield=fields.StringField())

    def check(self, graph: ImportGraph, verbose: bool) -> ContractCheck:
        del verbose
        links = []
        kinds = set(self._words(self.private))
        for program in self._words(self.programs):
            for owner in graph.find_children(program):
                for module in graph.find_children(owner):
                    if module.rpartition(".")[2].split("_")[-1] in kinds:
                        links += self._foreign_imports(graph, owner, module)
        return ContractCheck(kept=not links, metadata={"links": sorted(links)})

    def render_broken_contract(self, check: ContractCheck) -> None:
        for importer, imported in check.metadata["links"]:
            output.print_error(f"- {importer} imports {imported}, which is private to its slice")

    @staticmethod
    def _words(field: Any) -> list[str]:
        return list(field)

    @staticmethod
    def _foreign_imports(graph: ImportGraph, owner: str, private: str) -> list[tuple[str, str]]:
        modules = {private} | graph.find_descendants(private)
        return [
            (importer, module)
            for module in modules
            for importer in graph.find_modules_that_directly_import(module)
            if importer != owner
            and not importer.startswith(f"{owner}.")
            and not importer.startswith("migrations.")
        ]
