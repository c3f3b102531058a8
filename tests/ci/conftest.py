from tests.kpio_build.vm.conftest import assembler, guest

__all__ = ["assembler", "guest"]
