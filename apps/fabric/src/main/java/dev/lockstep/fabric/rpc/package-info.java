/**
 * gRPC: the server that Fabric's peers and clients connect to, the one that nodes have for
 * frontends, and the connection from there to here.
 */
package dev.lockstep.fabric.rpc;
