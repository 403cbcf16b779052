/**
 * An ordering service for Hyperledger Fabric that unmodified peers and clients use as their own.
 */
package dev.lockstep.fabric;
