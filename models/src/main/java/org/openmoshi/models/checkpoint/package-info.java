/** Reading and writing weights: safetensors files, validated before use and replaced atomically. */
package org.openmoshi.models.checkpoint;
