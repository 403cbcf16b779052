/**
 * BFTMapList, the map of lists of the papers (thesis section 4.5.3): {@link
 * dev.lockstep.services.map.MapListService} on the replicas, {@link
 * dev.lockstep.services.map.BftMapList} at the client.
 */
package dev.lockstep.services.map;
