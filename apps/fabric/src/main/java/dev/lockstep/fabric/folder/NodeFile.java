package dev.lockstep.fabric.folder;

/**
 * {@value #NAME}, in the folder of a replica: what makes an ordering node of it. Paths are relative
 * to the folder.
 *
 * @param fabric the public file of the ordering service
 * @param client folder of the node's identity as a client of the group
 * @param mspFolder with the key that signs its blocks
 * @param mspId its organisation
 * @param listen where it serves blocks: an address of this machine, with a port
 * @param data folder for its blocks
 * @param frontend folder of the frontend that runs in the same process; null if there is none
 */
record NodeFile(
    String fabric,
    String client,
    String mspFolder,
    String mspId,
    String listen,
    String data,
    String frontend) {
  static final String NAME = "node.yaml";
}
