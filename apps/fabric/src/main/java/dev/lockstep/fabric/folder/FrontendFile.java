package dev.lockstep.fabric.folder;

import java.util.List;

/**
 * {@value #NAME}, in the folder of a frontend. Paths are relative to the folder.
 *
 * @param fabric the public file of the ordering service
 * @param client folder of its identity as a client of the group
 * @param mspFolder with the key that signs new configurations
 * @param mspId its organisation, one of the orderers'
 * @param listen where peers and clients reach it: an address of this machine, with a port
 * @param tlsCertificate PEM; null, with the key, for a frontend without TLS, for experiments
 * @param tlsKey PEM
 * @param tlsClientRoots PEM files of the authorities whose clients are let in; empty if clients
 *     need no certificate
 * @param data folder for its chains
 */
record FrontendFile(
    String fabric,
    String client,
    String mspFolder,
    String mspId,
    String listen,
    String tlsCertificate,
    String tlsKey,
    List<String> tlsClientRoots,
    String data) {
  static final String NAME = "frontend.yaml";
}
