"""The shell round `protocol.session.edge`: MQTT on one side, journal and replicas on the other."""
