"""The frozen messages of edge and hub. Released ones never change, they gain versions."""
