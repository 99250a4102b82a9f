"""The frozen messages that edge and hub exchange. Released ones never change, they gain versions."""
