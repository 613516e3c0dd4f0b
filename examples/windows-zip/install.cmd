@echo off
rem Installs the application into the folder "environment" beside this file: without a network, by hash.
py -3.12 -m venv "%~dp0environment" || exit /b 1
"%~dp0environment\Scripts\python.exe" -m pip install --no-index --find-links "%~dp0wheelhouse" --require-hashes -r "%~dp0strict.txt" || exit /b 1
