/** PyTorch, driven through DJL. Only classes that need its libraries refer to this package. */
package org.openmoshi.benchmarks.pytorch;
